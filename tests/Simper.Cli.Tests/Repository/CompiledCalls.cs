using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Simper.Cli.Tests.Repository;

/// <summary>
/// Which methods a compiled program's methods call, by their full names: what the compiler writes by itself (conversions,
/// operators) among them.
/// </summary>
internal static class CompiledCalls
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => o.Value & 0xffff, o => o.OperandType);

    /// <summary>Pairs of a caller and what it calls, both as <c>Namespace.Type+Nested::method(Parameter, ...)</c>.</summary>
    public static IReadOnlyList<(string Caller, string Callee)> Of(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        var calls = new List<(string, string)>();
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            int address = metadata.GetMethodDefinition(handle).RelativeVirtualAddress;
            if (address == 0)
                continue; // no body: extern, or of an interface
            string caller = Name(metadata, handle)!;
            foreach (EntityHandle token in Tokens(file.GetMethodBody(address).GetILBytes()!))
            {
                if (Name(metadata, token) is { } callee)
                    calls.Add((caller, callee));
            }
        }
        return calls;
    }

    private static IEnumerable<EntityHandle> Tokens(byte[] code)
    {
        for (int at = 0; at < code.Length; )
        {
            int value = code[at++];
            if (value == 0xfe)
                value = (value << 8) | code[at++];
            OperandType operand = Operands[value];
            if (operand is OperandType.InlineMethod or OperandType.InlineTok)
                yield return MetadataTokens.EntityHandle(BitConverter.ToInt32(code, at));
            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }

    private static string? Name(MetadataReader metadata, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                return Name(metadata, metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MethodDefinition:
                MethodDefinition method = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return Name(metadata, method.GetDeclaringType(), method.Name, method.DecodeSignature(TypeNames.Instance, null));
            case HandleKind.MemberReference:
                MemberReference member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                return member.GetKind() == MemberReferenceKind.Method
                    ? Name(metadata, member.Parent, member.Name, member.DecodeMethodSignature(TypeNames.Instance, null))
                    : null;
            default:
                return null;
        }
    }

    private static string Name(
        MetadataReader metadata,
        EntityHandle type,
        StringHandle name,
        MethodSignature<string> signature
    ) => $"{TypeName(metadata, type)}::{metadata.GetString(name)}({string.Join(", ", signature.ParameterTypes)})";

    private static string TypeName(MetadataReader metadata, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                TypeDefinition type = metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
                return (
                        type.GetDeclaringType().IsNil
                            ? metadata.GetString(type.Namespace) + "."
                            : TypeName(metadata, type.GetDeclaringType()) + "+"
                    ) + metadata.GetString(type.Name);
            case HandleKind.TypeReference:
                TypeReference reference = metadata.GetTypeReference((TypeReferenceHandle)handle);
                return (
                        reference.ResolutionScope.Kind == HandleKind.TypeReference
                            ? TypeName(metadata, reference.ResolutionScope) + "+"
                            : metadata.GetString(reference.Namespace) + "."
                    ) + metadata.GetString(reference.Name);
            case HandleKind.TypeSpecification:
                return metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(TypeNames.Instance, null);
            default:
                return handle.Kind.ToString();
        }
    }

    /// <summary>Types in signatures by their short names.</summary>
    private sealed class TypeNames : ISignatureTypeProvider<string, object?>
    {
        public static TypeNames Instance { get; } = new();

        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";

        public string GetByReferenceType(string elementType) => elementType + "&";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericMethodParameter(object? genericContext, int index) => "!!" + index;

        public string GetGenericTypeParameter(object? genericContext, int index) => "!" + index;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPinnedType(string elementType) => elementType;

        public string GetPointerType(string elementType) => elementType + "*";

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeReference(handle).Name);

        public string GetTypeFromSpecification(
            MetadataReader reader,
            object? genericContext,
            TypeSpecificationHandle handle,
            byte rawTypeKind
        ) => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);
    }
}
